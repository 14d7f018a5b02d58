import type { Builder } from './builder.ts';

/** References of the enums that several types share. */
export type Enums = ReturnType<typeof defineEnums>;

/** Defines the enums that several types share. */
export function defineEnums(builder: Builder) {
  const Type = builder.enumType('CustomizedVoiceType', {
    description:
      'Edition of human voice cloning. The upstream keeps one list of jobs and one of voices for each edition.',
    values: {
      BASIC: {
        value: 'Basic',
        description: 'Basic edition: a voice trained from 20 predefined sentences that one speaker records.',
      },
      STANDARD: {
        value: 'Standard',
        description: 'Standard edition: a voice trained from 15 to 30 minutes of recordings of any text.',
      },
    } as const,
  });

  const Gender = builder.enumType('VoiceGender', {
    description: 'Gender of a voice.',
    values: {
      FEMALE: { value: 'female', description: 'Female voice.' },
      MALE: { value: 'male', description: 'Male voice.' },
    } as const,
  });

  const Scenario = builder.enumType('VoiceScenario', {
    description: 'Use that a voice is trained for.',
    values: {
      STORY: { value: 'story', description: 'Storytelling.' },
      INTERACTION: { value: 'interaction', description: 'Conversation.' },
      NAVIGATION: { value: 'navigation', description: 'Turn-by-turn directions.' },
    } as const,
  });

  return { Type, Gender, Scenario };
}
