"""A FastAPI route that does nothing: what any route costs before it does its work."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/bare")
async def bare() -> dict[str, bool]:
    """Answer."""
    return {"ok": True}
