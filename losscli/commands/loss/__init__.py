"""`loss ce` and the other losses: value, per-sample losses, gradients."""
