"""What people look at, made of SQL that is written once;
never a figure that is not in the store.
"""
