"""The recall bank: cards over all lessons, used by `awslab.review()`.

One module a lesson; the facts are those that the lesson explains.
"""

from awslab.bank import alb, ecr, ecs, network
from awslab.bank.card import Card

__all__ = ["CARDS", "Card"]

CARDS: tuple[Card, ...] = (*ecr.CARDS, *ecs.CARDS, *alb.CARDS, *network.CARDS)
