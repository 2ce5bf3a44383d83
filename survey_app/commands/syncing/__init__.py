"""What a shopper's phone sends: files, drafts, finished visits, what it still holds. Nothing of it is ever dropped."""
