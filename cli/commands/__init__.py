"""One module per group of commands: options in, tables or JSON out. What they do lies outside.

``suture --help``, ``suture fixes`` and ``suture simulate`` never import boto3, which takes longer than they do:
what needs it is imported inside the commands that use it.
"""
