"""How well what is told of several markets together is told: labelled episodes in real tapes."""
