"""Forecasting: pure functions over arrays that know neither database nor queue."""
