"""The shell of the platform: HTTP, storage, files, mail and jobs around the pure wings ``forms`` and ``reports``.

Nothing is imported here, so that importing a model never builds the web.
"""
