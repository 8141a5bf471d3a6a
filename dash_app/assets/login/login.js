/* The forms before log-in: show the password, send once, and take an invitation's token from behind
   the # of its link, where no log and no other site sees it. */
if (document.querySelector(".lg-form")) {
  const form = document.querySelector(".lg-form form");
  const field = document.getElementById("password");
  const eye = document.getElementById("show-password");
  eye?.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    eye.setAttribute("aria-pressed", String(shown));
    eye.setAttribute("aria-label", shown ? "Hide password" : "Show password");
  });
  form.addEventListener("submit", () => {
    form.querySelector(".btn-primary").disabled = true;
  });
  addEventListener("pageshow", () => {
    form.querySelector(".btn-primary").disabled = false;
  });
  const open = () => {
    const token = location.hash.slice(1);
    if (!("fromLink" in form.dataset) || !token) return;
    history.replaceState(null, "", location.pathname);
    form.elements.token.value = token;
    form.requestSubmit();
  };
  addEventListener("hashchange", open);
  open();
}
