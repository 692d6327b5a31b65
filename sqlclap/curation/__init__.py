"""What people keep: favourites, collections, ratings, notes, recent uses, one of duplicates."""
