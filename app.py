"""Start Pretext Lab: `python app.py`. A hosted Space runs this file too."""

import os
import sys

from lab.cli import main

if __name__ == "__main__":
    # A Space must listen beyond its own machine; at home only this machine may reach the app.
    hosted = "SPACE_ID" in os.environ
    main(["ui", "--host", "0.0.0.0" if hosted else "127.0.0.1", *sys.argv[1:]])
