"""Large orders: threshold, tracking, conservation of quantity; never what an order means."""
