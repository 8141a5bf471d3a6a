/* The log-in form: show the password, and send it once. */
if (document.querySelector(".lg-form")) {
  const field = document.getElementById("password");
  const eye = document.getElementById("show-password");
  eye.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    eye.setAttribute("aria-pressed", String(shown));
    eye.setAttribute("aria-label", shown ? "Hide password" : "Show password");
  });
  document.querySelector(".lg-form form").addEventListener("submit", (event) => {
    event.target.querySelector(".btn-primary").disabled = true;
  });
  addEventListener("pageshow", () => {
    document.querySelector(".lg-form .btn-primary").disabled = false;
  });
}
