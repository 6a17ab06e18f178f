"""The page under `/_mock/`: for now one plain front page that says where everything is."""
