"""Services: finding them, running them, and those that come with DTBase."""
