/* Built by frontend/build.mjs; licences are in THIRD_PARTY.txt. */
