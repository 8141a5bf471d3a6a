"""Tables of any kind read into readings, by a profile: for command, service, client and API."""
