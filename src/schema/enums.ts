import type { Builder } from './builder.ts';

/** References of the enums that several types share. */
export type Enums = ReturnType<typeof defineEnums>;

/** Defines the enums that several types share. */
export function defineEnums(builder: Builder) {
  const Type = builder.enumType('CustomizedVoiceType', {
    description: 'Edition of voice cloning.',
    values: {
      BASIC: { value: 'Basic', description: 'A voice from 20 given sentences, recorded by one speaker.' },
      STANDARD: { value: 'Standard', description: 'A voice from 15 to 30 minutes of free recordings.' },
    } as const,
  });

  const Gender = builder.enumType('VoiceGender', {
    description: 'How the voice sounds.',
    values: {
      FEMALE: { value: 'female', description: 'A female voice.' },
      MALE: { value: 'male', description: 'A male voice.' },
    } as const,
  });

  const Scenario = builder.enumType('VoiceScenario', {
    description: 'What the voice is trained for.',
    values: {
      STORY: { value: 'story', description: 'Telling stories.' },
      INTERACTION: { value: 'interaction', description: 'Talking with people.' },
      NAVIGATION: { value: 'navigation', description: 'Giving directions on the road.' },
    } as const,
  });

  return { Type, Gender, Scenario };
}
