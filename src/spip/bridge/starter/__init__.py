"""What an interpreter is given to run where spip is in a zip: this folder."""
