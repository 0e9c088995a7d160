# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lesson:
#     title: Start here
#     minutes: 5
#     covers: [Q3]
# ---

# %% [markdown]
"""
# Start here

You will be able to run a cell.
"""

# %% hide
quiz = "Which cell runs first?"
quiz

# %%
# !echo this notebook can call a shell

# %% tags=["raises-exception"]
raise RuntimeError("a refusal that the lesson shows")
