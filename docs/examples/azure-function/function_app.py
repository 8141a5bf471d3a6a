"""The Azure Function: who may call it is checked by Entra before it begins."""

import json
import logging
from datetime import UTC, datetime

import azure.functions as func
from sun import readings

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="sun", methods=["POST"])
def sun(request: func.HttpRequest) -> func.HttpResponse:
    """Answer a run of the service: its parameters in, readings out."""
    logging.info("run %s", request.headers.get("Idempotency-Key"))
    try:
        answer = readings(request.get_json(), datetime.now(UTC))
    except ValueError as error:  # a wrong parameter, or a body that is not JSON: do not try again
        return func.HttpResponse(str(error), status_code=422)
    return func.HttpResponse(json.dumps(answer), mimetype="application/json")
