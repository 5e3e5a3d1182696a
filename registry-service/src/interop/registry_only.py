"""Makes a registry the only Hub that huggingface_hub knows, and a folder of this run alone the place of what comes from it.

Imported before huggingface_hub, which reads its settings when it is imported. Needs MORAINE_REGISTRY_URL, MORAINE_API_KEY.
"""

import os
import tempfile

URL = os.environ["MORAINE_REGISTRY_URL"].rstrip("/")
KEY = os.environ["MORAINE_API_KEY"]

_folder = tempfile.TemporaryDirectory(prefix="moraine-interop-", ignore_cleanup_errors=True)  # removed when the program ends
HOME = _folder.name

os.environ["HF_ENDPOINT"] = URL
os.environ["HF_TOKEN"] = KEY
os.environ["HF_HOME"] = HOME + "/hf"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
