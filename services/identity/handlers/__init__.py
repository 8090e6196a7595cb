"""Log in, log out, who asks."""
