# What find_package(clipwork) finds when an example is built as a part of this tree: its targets are
# there already.
