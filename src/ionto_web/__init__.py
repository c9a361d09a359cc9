"""The web site: the patient's six pages and the clinic's list, over the same functions as the command line."""
