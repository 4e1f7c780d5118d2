"""What the console command reads out: a requirement, or what two reports differ in."""
