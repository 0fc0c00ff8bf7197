"""
The networks a second time, from their papers: plain functions of a checkpoint's weights and a picture. They share nothing
with the modules that are exported but the names of the weights, and reckon in double precision.
"""
