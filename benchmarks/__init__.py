"""What is fast must stay fast: `./run bench` measures it and holds it to its targets."""
