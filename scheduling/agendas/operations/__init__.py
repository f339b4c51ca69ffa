"""Operations of this part."""
