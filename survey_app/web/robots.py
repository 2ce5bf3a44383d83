"""Programs that open links by themselves and say who they are: previews in chats, search engines, scanners of mail.

They ask for a page as a browser does, often before its reader has seen the message, so they are known by their name
alone. Scanners that hide behind a browser's name are not among them: only answers tell for sure who was there.
"""

from __future__ import annotations

from typing import Final

#: What stands in the User-Agent, in small letters, by what the program does. Each is long enough to stand in no
#: browser's name: browsers inside apps (``FBAN``, ``Telegram-Android``) are people, and so are telephones (``CUBOT``).
NAMES: Final[dict[str, tuple[str, ...]]] = {
    "previews of links in chats and networks": (
        "facebookexternalhit",  # Facebook, Messenger, Instagram; Apple's messages give this name as well
        "facebot",
        "meta-externalagent",
        "whatsapp/",
        "telegrambot",
        "slackbot",
        "slack-imgproxy",
        "twitterbot",
        "discordbot",
        "linkedinbot",
        "pinterestbot",
        "skypeuripreview",
        "bingpreview",
        "vkshare",
        "redditbot",
        "mattermost-bot",
        "iframely",
        "embedly",
    ),
    "search engines": (
        "googlebot",
        "adsbot-google",
        "googleother",
        "bingbot",
        "applebot",
        "yandexbot",
        "baiduspider",
        "duckduckbot",
        "ahrefsbot",
        "semrushbot",
        "petalbot",
    ),
    "scanners and proxies of mail": ("barracuda", "proofpoint", "mimecast", "googleimageproxy", "yahoomailproxy"),
    "programs without a reader": ("curl/", "wget/", "python-", "go-http-client", "libwww-perl", "okhttp/"),
}
_ALL: Final = tuple(name for names in NAMES.values() for name in names)


def is_robot(agent: str) -> bool:
    """Whether a User-Agent names one of these programs."""
    said = agent.lower()
    return any(name in said for name in _ALL)
