"""What is seen from outside: the traffic light, health, metrics."""
