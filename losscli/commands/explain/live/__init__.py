"""`loss explain --live`: the walk as a page on which the numbers can be changed."""
