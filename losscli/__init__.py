"""Loss values, per-sample losses and gradients, exact and explained."""
