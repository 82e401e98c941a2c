"""The tenant: a city, its name, languages, time zone, currency and look; its territories and themes."""
