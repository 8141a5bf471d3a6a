"""The providers by name, as the settings say."""

from enum import StrEnum

from dtbase.errors import Invalid
from dtbase.patience import Wait
from dtbase.settings import Settings
from jobs.weather import open_meteo
from jobs.weather.calls import Caller, Manners
from jobs.weather.open_meteo import OpenMeteo
from jobs.weather.open_weather_map import OpenWeatherMap
from jobs.weather.provider import Provider


class ProviderName(StrEnum):
    """A provider of weather; also the name of the model whose runs its forecasts are."""

    OPEN_METEO = OpenMeteo.name
    OPENWEATHERMAP = OpenWeatherMap.name


DESCRIPTIONS: dict[ProviderName, str] = {
    ProviderName.OPEN_METEO: "Weather forecasts of open-meteo.com: the best model for each place.",
    ProviderName.OPENWEATHERMAP: "Weather forecasts of openweathermap.org, One Call 3.0.",
}


def provider_of(name: ProviderName, settings: Settings, wait: Wait) -> Provider:
    """Return a provider that is ready to be asked, or raise Invalid where its key is not set."""
    if name is ProviderName.OPEN_METEO:
        return open_meteo_of(settings, wait)
    if settings.openweathermap_key is None:
        raise Invalid("openweathermap needs a key of One Call 3.0 in DTBASE_OPENWEATHERMAP_KEY")
    manners = Manners(
        name=OpenWeatherMap.name,
        reason_field="message",
        key=settings.openweathermap_key,
        key_parameter="appid",
        key_setting="DTBASE_OPENWEATHERMAP_KEY",
    )
    return OpenWeatherMap(Caller(manners, wait=wait), settings.openweathermap_url)


def open_meteo_of(settings: Settings, wait: Wait) -> OpenMeteo:
    """Return Open-Meteo, with a key if there is one."""
    manners = Manners(
        name=OpenMeteo.name,
        reason_field="reason",
        key=settings.open_meteo_key,
        key_parameter="apikey",
        key_setting="DTBASE_OPEN_METEO_KEY",
    )
    caller = Caller(manners, open_meteo.pause_from_words, wait)
    return OpenMeteo(caller, settings.open_meteo_url, settings.open_meteo_archive_url)
