"""`loss help`: the reference pages, one Markdown file each in `topics/`."""
