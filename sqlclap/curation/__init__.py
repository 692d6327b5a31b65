"""What people keep of their sounds: favourites, collections, ratings, notes, recent uses; what goes."""
