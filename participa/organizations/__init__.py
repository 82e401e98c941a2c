"""The tenant: a city, its languages, time zone, currency and look, its territories and themes."""
