"""Who is who: users, patients, clinicians, what each may enter, and how they sign in."""
