"""Resource types on moto's backends, one file per resource family; ``registry`` lists them all."""
