"""One symbol's bad day beside two undisturbed ones: kinds of trouble, each on a crafted capture."""
