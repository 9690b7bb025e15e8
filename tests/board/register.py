"""Truces for the board, around noon UTC on Mon 2 May 2016."""

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
area = "Ghouta"
tags = ["syria", "damascus"]
zone = "Asia/Damascus"
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
ends = "0100 Wed 4 May 2016"
source = "https://example.org/statement"
"""
"""Ends 2200Z Tue 3 May; its stages are 2200Z Mon 2 May, and 1600Z, 2100Z, 2145Z Tue 3 May."""

EXTENSION = """
  [[truce.extension]]
  announced = 2016-05-02T16:00:00
  until = "0100 Fri 6 May 2016"
  stated_by = ["Syrian army"]
  source = "https://example.org/extension"
"""

CLAIM = """
  [[truce.claim]]
  announced = 2016-05-02T14:00:00
  until = "2000 Tue 3 May 2016"
  stated_by = ["Russian centre"]
"""

TERMINATION = """
  [truce.termination]
  announced = 2016-05-02T16:00:00
  at = 2016-05-02T17:00:00
  stated_by = ["Syrian army"]
"""

LATAKIA = """
[[truce]]
id = "latakia"
title = "Calm in Latakia"
area = "Latakia"
tags = ["syria"]
zone = "Asia/Damascus"
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
ends = "2000 Mon 2 May 2016"
"""
"""Ends 1700Z Mon 2 May."""

OPEN = """
[[truce]]
id = "open"
title = "Without an end"
zone = "UTC"
announced = 2016-05-01T09:00:00
starts = 2016-05-01T10:00:00
open = true
"""

REFUSED = """
[[truce]]
id = "refused"
title = "Refused"
zone = "UTC"
starts = 2016-05-01T10:00:00
"""
