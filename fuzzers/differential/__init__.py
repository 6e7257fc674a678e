"""The same cases on several servers: where do their answers differ, and does that matter?"""
