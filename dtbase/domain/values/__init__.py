"""Values on their way out, readings and predictions alike: what may be asked of them."""
