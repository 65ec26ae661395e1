"""What became of the findings of a time, for those who answer for it: ``suture report``. Start at ``cases``."""
