"""What is said between processes: frozen, closed, tagged. A published tag never changes by a byte."""
