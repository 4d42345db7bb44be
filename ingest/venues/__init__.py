"""What a venue is: addresses, streams, frames and the sequence rule; never a socket or a clock."""
