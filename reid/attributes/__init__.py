"""What a vector of the language space tells of a person: gender, age, hair, clothes and bags, with probabilities."""
