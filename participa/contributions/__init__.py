"""What people write, whatever the component: its standing, its checks, who may see it."""
