/** What is asked for of inquirer, by name: what is built then leaves out its editor, half a megabyte of encodings. */
export { confirm, input, password, select } from '@inquirer/prompts';
