"""Classes of large orders and their evidence; never the quantities, which `orders` keeps."""
